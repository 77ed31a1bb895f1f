"""More and more users, step by step."""

from load_tests.shapes import curves
from load_tests.shapes.shape import CurveShape


class Ramp(CurveShape):
    """More and more users, step by step."""

    abstract = False
    curve = staticmethod(curves.ramp)
