"""The tests mirror the source tree; `tests.bench` measures speed and is run by hand."""
