/** Addresses for attacks and harmless texts alike: it is not an address that tells them apart. */
export const ADDRESS_SLOTS = {
  site: [
    'www.best-deals.example', 'https://evil.example', 'free-gifts.example', 'http://login-check.example/reset', 'www.win-now.example', 'https://northwind.example/help',
    'www.acme.com', 'https://docs.acme.com/setup', 'http://intranet/handbook', 'https://portal.stadtwerke.de', 'www.tern-airlines.com/claims', 'https://github.com/acme/tool', 'calder-tools.co.uk', 'https://forms.gov.example/apply',
  ],
  mail: [
    'attacker@evil.example', 'collect@mail.example', 'ops@outside.example', 'ann.smith@mail.example', 'r.okafor@post.example', 'support@company.example', 'billing@northwind.com', 'hr@acme.com',
    'jana.novak@stadtwerke.de', 'info@calder-tools.co.uk', 'press@city-library.org', 'refunds@shop.example', 'k.lee@outlook.com', 'data@hub.net', 'office@school.edu', 'claims@tern-airlines.com',
  ],
}; // prettier-ignore
