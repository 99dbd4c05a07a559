"""Analyzers: text in, effects out. They know languages and no rules; nothing they read is ever run."""
