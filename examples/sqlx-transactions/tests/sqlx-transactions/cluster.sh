# Starts a cluster in a folder of its own, says where its socket is, and ends both once its input ends: with whoever started it, however that ends.
set -eu
programs=$1
folder=$(mktemp -d)
trap : INT TERM
trap 'rm -rf "$folder"' EXIT
"$programs/initdb" -D "$folder/data" -U recipe -A trust --no-sync >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
"$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c shared_buffers=8MB >>"$folder/log" 2>&1 &
until "$programs/pg_isready" -q -h "$folder"; do
    kill -0 $! || { cat "$folder/log" >&2; exit 1; }
    sleep 0.05
done
echo "$folder"
cat >/dev/null || true
kill -INT $!
wait $! || true
