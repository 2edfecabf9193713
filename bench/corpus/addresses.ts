/** E-mail addresses, IP addresses and phone numbers. */
import { hex, pickText, random, range } from "./random.ts";

/** E-mail addresses. */
export function makeEmails(): readonly string[] {
  const names = [
    "ada",
    "grace.hopper",
    "j_doe",
    "alan+news",
    "o'brien",
    "x",
    "Zoë.Muller",
    "用户",
    "пётр",
    "first.last-name",
    "1234567890",
    "customer-dept",
  ] as const;
  const domains = [
    "example.com",
    "mail.example.co.uk",
    "example.org",
    "münchen.example",
    "例子.公司",
    "почта.рф",
    "sub-domain.example.travel",
    "xn--bcher-kva.example",
    "example.xn--p1ai",
  ] as const;
  return [
    ...names.flatMap((name) => domains.map((domain) => `${name}@${domain}`)),
    '"john doe"@example.com',
    "user@[192.0.2.1]",
    "a@b.io",
  ];
}

/** Phone numbers in many spellings. */
export function makePhones(): readonly string[] {
  const published = [
    "+44 20 7946 0018",
    "+1 202-555-0143",
    "+1 (415) 555-2671",
    "+4930123456",
    "+49 30 901820",
    "+33 1 42 68 53 00",
    "+55 11 98456-5666",
    "+91 98765 43210",
    "+81 3-1234-5678",
    "+39 06 6982",
    "+61 2 9374 4000",
    "+34 912 345 678",
    "+31 20 794 0800",
    "+46 8 123 456 78",
    "+48 22 123 45 67",
    "+41 44 668 18 00",
    "+972-9-762-5400",
    "+86 138 1234 5678",
    "(415) 555-2671",
    "(415)555-2671",
    "415-555-2671",
    "415.555.2671",
    "1-415-555-2671",
    "020 7946 0018",
    "01632 960983",
    "030 901820",
    "01 42 68 53 00",
    "09-7625400",
    "090-1234-5678",
    "0044 20 7946 0018",
    "+1 415 555 2671 ext. 12",
    "+442079460018",
    "(+44) 20 7946 0018",
    "+1.415.555.2671",
  ];
  return published;
}

/** IPv4 and IPv6 addresses. */
export const makeIps = (): readonly string[] => [
  ...range(60).map(() =>
    range(4)
      .map((index) => String(index === 0 ? 1 + random(223) : random(256)))
      .join("."),
  ),
  ...range(30).map(() =>
    range(8)
      .map(() => pickText(hex, 1 + random(4)).replace(/^[a-f]/, "1"))
      .join(":"),
  ),
  "2001:db8::8a2e:370:7334",
  "fe80::1ff:fe23:4567:890a",
  "::ffff:192.0.2.128",
  "2001:DB8:0:0:8:800:200C:417A",
  "ff02::1:2",
  "64:ff9b::192.0.2.33",
];
