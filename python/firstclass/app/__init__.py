"""Wiring only: settings become objects, objects become processes. The environment is read here and nowhere else."""
