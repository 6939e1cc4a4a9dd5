"""PyTorch's answers, kept: a corpus of cases, and the test that every listed operator gives them all.

`cases.npz` comes from PyTorch 2.13.0's database of operators: their sample inputs, made in float64 and run once.
"""
