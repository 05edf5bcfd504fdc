"""What a reader sees: films, figures, formulas, exercises, widgets, lines below a title."""
