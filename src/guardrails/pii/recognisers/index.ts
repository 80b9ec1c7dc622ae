import type { PiiType } from '../../verdict.ts';
import { recogniseBankAccount } from './bank-account.ts';
import { recogniseCreditCard } from './credit-card.ts';
import { recogniseDateOfBirth } from './date-of-birth.ts';
import { recogniseDriverLicense } from './driver-license.ts';
import { recogniseEmail } from './email.ts';
import { recogniseIpAddress } from './ip-address.ts';
import { recognisePassport } from './passport.ts';
import { recognisePhone } from './phone.ts';
import type { Recogniser } from './recogniser.ts';
import { recogniseSsn } from './ssn.ts';

/** What is told by its form and the words around it; names and addresses are the tagger's. */
export type PatternType = Exclude<PiiType, 'PERSON' | 'ADDRESS'>;

export const recognisers = {
  EMAIL: recogniseEmail,
  PHONE: recognisePhone,
  SSN: recogniseSsn,
  CREDIT_CARD: recogniseCreditCard,
  IP_ADDRESS: recogniseIpAddress,
  DATE_OF_BIRTH: recogniseDateOfBirth,
  PASSPORT: recognisePassport,
  DRIVER_LICENSE: recogniseDriverLicense,
  BANK_ACCOUNT: recogniseBankAccount,
} satisfies Record<PatternType, Recogniser>;
