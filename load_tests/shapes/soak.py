"""The same users for a long time."""

from load_tests.shapes import curves
from load_tests.shapes.shape import CurveShape


class Soak(CurveShape):
    """The same users for a long time."""

    abstract = False
    curve = staticmethod(curves.soak)
