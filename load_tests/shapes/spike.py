"""A sudden crowd, for a sixth of the time."""

from load_tests.shapes import curves
from load_tests.shapes.shape import CurveShape


class Spike(CurveShape):
    """A sudden crowd, for a sixth of the time."""

    abstract = False
    curve = staticmethod(curves.spike)
