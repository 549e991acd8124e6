#!/usr/bin/env bash
# Runs once, inside the PostgreSQL container, while its volume is empty.
#
# Each service has a database of its own with two roles: `<service>_owner` migrates it, `<service>` reads and writes its
# rows and can change no table. The keys of persons stand in a fourth, which only customer_svc is told the password of.
set -euo pipefail

SECRETS=${SECRETS:-/run/secrets}

password_of() { # an address is postgresql://role:password@host:port/database
  local address
  address=$(< "$SECRETS/$1")
  address=${address#*://*:}
  printf '%s' "${address%%@*}"
}

as_superuser() { psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres "$@"; }

# Passwords go by the environment: a command line can be read by others.
make_database() { # <owner> <database>
  as_superuser --set owner="$1" --set database="$2" <<'SQL'
\getenv password OWNER_PASSWORD
CREATE ROLE :"owner" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"owner" TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
\connect :"database"
ALTER SCHEMA public OWNER TO :"owner";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SQL
}

make_service_role() { # <service>
  as_superuser --set service="$1" --set owner="$1_owner" <<'SQL'
\getenv password SERVICE_PASSWORD
CREATE ROLE :"service" LOGIN PASSWORD :'password';
GRANT CONNECT ON DATABASE :"service" TO :"service";
\connect :"service"
GRANT USAGE ON SCHEMA public TO :"service";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"service";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT USAGE ON SEQUENCES TO :"service";
SQL
}

for service in customer campaign analytics; do
  OWNER_PASSWORD=$(password_of "${service}_migrations_url") make_database "${service}_owner" "$service"
  SERVICE_PASSWORD=$(password_of "${service}_database_url") make_service_role "$service"
done
OWNER_PASSWORD=$(password_of keys_url) make_database keys keys
as_superuser --command "REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC"
