import { ip } from "../../../core/detectors/ip.ts";
import { describeDetector } from "../../support/detector-table.ts";

describeDetector(ip, [
  ["version 4", "«192.0.2.1»"],
  ["port", "«192.0.2.1»:443"],
  ["version 6", "«2001:db8::8a2e:370:7334»"],
  ["brackets", "[«2001:db8::1»]:443"],
  ["mapped", "«::ffff:192.0.2.128»"],
  ["zone", "«fe80::1ff:fe23:4567:890a%eth0»"],
  ["whole", "«2001:DB8:0:0:8:800:200C:417A»"],
  ["too large", "256.0.2.1"],
  ["five parts", "1.2.3.4.5"],
  ["time", "12:30:45"],
  ["MAC", "00:1b:44:11:3a:b7"],
  ["scope", "std::vector"],
]);
