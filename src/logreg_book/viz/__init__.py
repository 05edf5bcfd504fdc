"""Pictures of data, boundaries, losses, graphs and training, still or moving.

These functions draw what they are given and compute nothing that the book teaches.  Classes,
runs and nodes differ in shape or line style as well as in colour, so that nobody depends on
telling colours apart.  All figures of the book share one style::

    plt.style.use("logreg_book.viz.book")

Importing this package imports Matplotlib, but neither PyTorch nor the encoder that films need.
"""

from logreg_book.viz.boundary import plot_decision_boundary, update_decision_boundary
from logreg_book.viz.circuit import draw_circuit
from logreg_book.viz.contours import plot_contours, plot_path
from logreg_book.viz.film import Film
from logreg_book.viz.filming import training_film
from logreg_book.viz.graph import draw_graph
from logreg_book.viz.jacobian import plot_jacobians
from logreg_book.viz.live import LivePlot
from logreg_book.viz.loss_curve import plot_loss
from logreg_book.viz.points import plot_points

__all__ = [
    "Film",
    "LivePlot",
    "draw_circuit",
    "draw_graph",
    "plot_contours",
    "plot_decision_boundary",
    "plot_jacobians",
    "plot_loss",
    "plot_path",
    "plot_points",
    "training_film",
    "update_decision_boundary",
]
