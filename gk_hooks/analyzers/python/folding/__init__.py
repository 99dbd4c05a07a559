"""Constant folding: what pure functions and operators make of known values. Bounded, and nothing is ever executed.

operators, texts (methods of str and bytes), paths, decoders, and functions: the pure functions by their full names.
A folder takes the arguments of a call and gives what is known of the result, or None where it does not know the case.
"""
