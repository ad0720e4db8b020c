"""
Measuring, and nothing else: a check knows no threshold, no school and no pack.

``checks/<id>.py`` or ``checks/<id>/check.py`` holds everything of one check; :mod:`checks.registry` finds it there.
"""
