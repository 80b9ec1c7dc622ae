#!/bin/sh
# Makes what compose.yaml reads its secrets from: ./secrets beside this file, or the folder that is named.
# A secret that is there already is kept. The certificate is self-signed: put a real one in its place.
set -eu
folder=${1:-$(dirname "$0")/secrets}
name=${PUBLIC_NAME:-localhost}

mkdir -p "$folder"
# Nobody else comes into the folder; in it all may read, for each container's user has a number of its own.
chmod 700 "$folder"
cd "$folder"
umask 022
echo '*' >.gitignore

random() { openssl rand -hex 32; }
# secret NAME COMMAND...: what the command prints, unless there is such a secret.
secret() {
  secret=$1
  shift
  [ -s "$secret" ] || "$@" >"$secret"
}

secret postgres-password random
secret database-password random
secret redis-password random
secret database-url echo "postgres://sallyport:$(cat database-password)@postgres:5432/sallyport"
secret redis-url echo "redis://:$(cat redis-password)@redis:6379"
secret api-key-pepper random
secret admin-api-keys random
[ -s tls-key.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 \
  -subj "/CN=$name" -addext "subjectAltName=DNS:$name" -keyout tls-key.pem -out tls-certificate.pem 2>/dev/null
chmod 644 tls-key.pem
