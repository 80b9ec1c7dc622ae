#!/bin/sh
# Runs once, as the database's administrator, when its volume is new: an owner for Sallyport who is no superuser,
# and what only an administrator may create.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
  --set password="$(cat /run/secrets/database-password)" <<'SQL'
create role sallyport login password :'password';
create role sallyport_app nologin;
grant sallyport_app to sallyport;
create database sallyport owner sallyport;
\connect sallyport
create extension vector;
SQL
