"""Open-source applications with a contract of their own, one file each: how it is installed, started and driven."""

from __future__ import annotations

from bench.applications import alertmanager, chroma, prefect, unleash, wiremock
from bench.applications.application import Application

APPLICATIONS: tuple[Application, ...] = (
    prefect.APPLICATION,
    unleash.APPLICATION,
    chroma.APPLICATION,
    wiremock.APPLICATION,
    alertmanager.APPLICATION,
)
