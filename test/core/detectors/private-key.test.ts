import { privateKey } from "../../../core/detectors/private-key.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(privateKey, [
  ["block", "«-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----»"],
  ["RSA", "x «-----BEGIN RSA PRIVATE KEY-----\r\nMIIEvQIBADANBgkqhkiG9w0BAQEF\r\n-----END RSA PRIVATE KEY-----» y"],
  [
    "encrypted",
    "«-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" +
      "MIIEvQIBADANBgkqhkiG9w0BAQ==\n-----END RSA PRIVATE KEY-----»",
  ],
  ["cut off", "«-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIEvQIBADANBgkqhkiG9w0BAQ»"],
  ["public", "-----BEGIN PUBLIC KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PUBLIC KEY-----"],
  ["no body", "-----BEGIN PRIVATE KEY-----"],
]);
