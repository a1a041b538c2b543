"""Stands in for setuptools while `pip download` looks at a source package.

pip wants a source package's name and version before it saves the archive, and
would run the package's setup.py to get them. With this folder first on
PYTHONPATH it gets them from PKG-INFO instead: no code of the package runs.
"""
