"""The tree of contact reasons: read from YAML, checked, and asked for nodes by code, name or alias; how it changed."""

from nlp_service.taxonomy.advice import Advice, advise
from nlp_service.taxonomy.changes import Changes
from nlp_service.taxonomy.files import check, load
from nlp_service.taxonomy.tree import Name, Node, Taxonomy, flat

__all__ = ["Advice", "Changes", "Name", "Node", "Taxonomy", "advise", "check", "flat", "load"]
