#!/bin/sh
# Makes what docker-compose.yml keeps secret, in secrets/: random, once, never over what is there.
#
# The folder lets nobody in but its owner. The files inside can be read by any user, as the users inside the containers
# are others than the one who made them, and Docker mounts a file with the rights that it has.
set -eu

folder=secrets
if [ -e "$folder" ]; then
  echo "secrets are there already: $folder/ is left as it is. To begin anew, remove it and the volumes that it opens." >&2
  exit 1
fi

draft=$(mktemp -d "./.$folder.XXXXXX") # 0700; becomes secrets/ when it is whole
trap 'rm -rf "$draft"' EXIT

random() { head -c "$1" /dev/urandom | base64 | tr -d '\n'; }
password() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
keep() { cat > "$draft/$1"; }
address() { printf 'postgresql://%s:%s@postgres:5432/%s\n' "$1" "$(password)" "$2"; }

password | keep postgres_password
for service in customer campaign analytics; do
  address "$service" "$service" | keep "${service}_database_url"
  address "${service}_owner" "$service" | keep "${service}_migrations_url"
done
address keys keys | keep keys_url

random 32 | keep master_key
# An Ed25519 private key is 32 random bytes; the 16 in front of them say so (RFC 8410, section 7).
{
  echo "-----BEGIN PRIVATE KEY-----"
  { printf '\060\056\002\001\000\060\005\006\003\053\145\160\004\042\004\040'; head -c 32 /dev/urandom; } | base64
  echo "-----END PRIVATE KEY-----"
} | keep signing_key

# Until a mail server stands here (smtp+starttls://user:password@host:587), mails are files in the volume `mailbox`.
echo "file:///mailbox" | keep smtp_url

chmod 0444 "$draft"/*
mv "$draft" "$folder"
echo "$folder/ is made; keep a copy of master_key and keys_url where no backup of the databases lies"
