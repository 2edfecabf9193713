import { email } from "../../../core/detectors/email.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(email, [
  ["plain", "«ada@example.com»"],
  ["sentence", "Write to «ada@example.com»."],
  ["brackets", "<«ada@example.com»>"],
  ["tag", "«ada+news@mail.example.co.uk»"],
  ["international", "«用户@例子.公司»"],
  ["punycode", "«ada@xn--bcher-kva.example»"],
  ["quoted", '«"ada l"@example.com»'],
  ["address", "«ada@[192.0.2.1]»"],
  ["assignment", "email=«ada@example.com»&x=1"],
  ["apostrophe", "«o'brien@example.com»"],
  ["no domain", "ada@example"],
  ["two dots", "ada@example..com"],
  ["dot at the end", "ada.@example.com"],
  ["handle", "@ada"],
]);
