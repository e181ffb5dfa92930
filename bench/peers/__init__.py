"""Configurations of the proxies that stand beside ours, each as an experienced operator would write it."""
