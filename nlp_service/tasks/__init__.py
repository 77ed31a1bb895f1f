"""From vectors to answers: one folder a task. Siblings never import each other."""
