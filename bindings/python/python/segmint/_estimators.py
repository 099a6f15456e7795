"""Estimators of scikit-learn."""

from __future__ import annotations
