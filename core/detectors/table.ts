/** All built-in detectors. To add one, add a file and a row here. */
import { awsAccessKey } from "./aws-access-key.ts";
import { brCpf } from "./br-cpf.ts";
import { caSin } from "./ca-sin.ts";
import { card } from "./card.ts";
import { cardTrack } from "./card-track.ts";
import { dateOfBirth } from "./date-of-birth.ts";
import type { Detector } from "./detector.ts";
import { email } from "./email.ts";
import { esDni } from "./es-dni.ts";
import { iban } from "./iban.ts";
import { inAadhaar } from "./in-aadhaar.ts";
import { ip } from "./ip.ts";
import { itCodiceFiscale } from "./it-codice-fiscale.ts";
import { jwt } from "./jwt.ts";
import { phone } from "./phone.ts";
import { plPesel } from "./pl-pesel.ts";
import { privateKey } from "./private-key.ts";
import { ukNhs } from "./uk-nhs.ts";
import { ukNino } from "./uk-nino.ts";
import { usRouting } from "./us-routing.ts";
import { usSsn } from "./us-ssn.ts";

/** In the order of their names. Policies use these names, and the files have them too. */
export const detectors: readonly Detector[] = [
  awsAccessKey,
  brCpf,
  caSin,
  card,
  cardTrack,
  dateOfBirth,
  email,
  esDni,
  iban,
  inAadhaar,
  ip,
  itCodiceFiscale,
  jwt,
  phone,
  plPesel,
  privateKey,
  ukNhs,
  ukNino,
  usRouting,
  usSsn,
];
