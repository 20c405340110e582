@echo off
rem `make demo` and `make test` on Windows. py is the launcher that Python's installer brings.
setlocal
set "PY=py -3"
where py >nul 2>nul || set "PY=python"
%PY% "%~dp0scripts\without_make.py" %*
