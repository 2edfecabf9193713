#!/bin/sh
# Imports an RSA private key, made by OpenSSL, into a KMS key without material (stack setting keyOrigin=EXTERNAL).
#
#   scripts/import-key.sh KEY_ID REGION PRIVATE_KEY.pem
#
# Make the key on a machine that you trust, and keep it offline: it is the escrow.
#   openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out PRIVATE_KEY.pem
set -eu
[ $# -eq 3 ] || { echo "Usage: scripts/import-key.sh KEY_ID REGION PRIVATE_KEY.pem" >&2; exit 2; }
key=$1
region=$2
private=$3

umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# KMS would refuse a wrong key only after the script sent it.
openssl rsa -in "$private" -noout -check >/dev/null || {
  echo "$private does not hold a valid RSA private key." >&2
  exit 1
}

# The key material in the form that KMS needs: PKCS #8 in DER.
openssl pkcs8 -topk8 -nocrypt -in "$private" -outform DER -out "$work/material"

aws kms get-parameters-for-import --region "$region" --key-id "$key" \
  --wrapping-algorithm RSA_AES_KEY_WRAP_SHA_256 --wrapping-key-spec RSA_4096 --output text \
  --query '[PublicKey,ImportToken]' >"$work/parameters"
cut -f1 "$work/parameters" | openssl base64 -d -A >"$work/wrapping-key"
cut -f2 "$work/parameters" | openssl base64 -d -A >"$work/token"

# RSA_AES_KEY_WRAP_SHA_256: the material under a fresh AES key (RFC 5649), that key under the wrapping key.
openssl rand 32 >"$work/aes"
openssl enc -id-aes256-wrap-pad -iv A65959A6 -K "$(od -An -v -tx1 "$work/aes" | tr -d ' \n')" \
  -in "$work/material" -out "$work/wrapped-material"
openssl pkeyutl -encrypt -pubin -inkey "$work/wrapping-key" -keyform DER -in "$work/aes" -out "$work/wrapped-aes" \
  -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256
cat "$work/wrapped-aes" "$work/wrapped-material" >"$work/import"

aws kms import-key-material --region "$region" --key-id "$key" --import-token "fileb://$work/token" \
  --encrypted-key-material "fileb://$work/import" --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE
echo "Imported into $key. Now run: npx fieldseal keys fetch POLICY --stage STAGE --region $region"
