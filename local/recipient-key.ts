/** A recipient's key in a KMS: created once under an alias, with its public half fetched as from AWS. */
import {
  CreateAliasCommand,
  CreateKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  type KMSClientConfig,
  NotFoundException,
} from "@aws-sdk/client-kms";
import { formatPublicKeyPem } from "./public-key-pem.ts";

/** A key of a recipient. */
export interface RecipientKey {
  readonly keyArn: string;
  readonly publicKeyPem: string;
}

/**
 * The key of an alias. Creates the alias, with an RSA key of 2048 bits, if it does not exist. Rejects as the SDK does.
 */
export async function requireKmsKey(alias: string, config: KMSClientConfig): Promise<RecipientKey> {
  const client = new KMSClient(config);
  try {
    return await fetchPublicKey(client, alias);
  } catch (error) {
    if (!(error instanceof NotFoundException)) throw error;
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" }),
    );
    await client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId }));
    return await fetchPublicKey(client, alias);
  } finally {
    client.destroy();
  }
}

async function fetchPublicKey(client: KMSClient, alias: string): Promise<RecipientKey> {
  const { KeyId, PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: alias }));
  if (KeyId === undefined || PublicKey === undefined)
    throw new Error(`KMS answered without a public key for ${alias}.`);
  return { keyArn: KeyId, publicKeyPem: formatPublicKeyPem(PublicKey) };
}
