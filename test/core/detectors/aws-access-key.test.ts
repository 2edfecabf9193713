import { awsAccessKey } from "../../../core/detectors/aws-access-key.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(awsAccessKey, [
  ["documented", "«AKIAIOSFODNN7EXAMPLE»"],
  ["temporary", "id=«ASIAIOSFODNN7EXAMPLE»;"],
  ["longer", "AKIAIOSFODNN7EXAMPLEA"],
  ["lower", "akiaiosfodnn7example"],
  ["secret, named", "aws_secret_access_key=«wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»"],
  ["secret, field", "«wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»", "SecretAccessKey"],
  ["secret, unnamed", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"],
  ["hash", "secret 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"],
]);
