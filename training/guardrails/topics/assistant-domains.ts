/**
 * What the domains of CLINC150 are called, and several ways to describe each, of which the fit learns how much a description
 * tells. Written for this project; the evaluation describes them in other words.
 */
export const ASSISTANT_DOMAINS: Record<string, { names: string[]; descriptions: string[] }> = {
  banking: {
    names: ['banking', 'bank account'],
    descriptions: [
      'bank accounts and payments',
      'money in the bank: checking and savings accounts, paying bills, interest rates, checks, PIN, fraud',
      'personal banking',
    ],
  },
  credit_cards: {
    names: ['credit cards'],
    descriptions: [
      'credit card questions',
      'credit card applications, credit limit, APR, rewards points, card declined or lost',
      'payment cards and credit rating',
    ],
  },
  kitchen_and_dining: {
    names: ['kitchen', 'cooking', 'dining', 'food', 'restaurants'],
    descriptions: [
      'food',
      'meal ideas, calories, ingredients, cooking time, restaurant reviews and bookings',
      'eating at home and out',
    ],
  },
  home: {
    names: ['home', 'household', 'smart home', 'personal organiser', 'home assistant'],
    descriptions: [
      'household organisation',
      'shopping list, to do list, reminders, calendar, playlists and songs, smart devices, orders',
      'smart home assistant',
    ],
  },
  auto_and_commute: {
    names: ['cars', 'auto', 'driving', 'commute'],
    descriptions: [
      'driving',
      'car maintenance, oil change, tire pressure, gas, directions, traffic, taxi rides',
      'my car and my way to work',
    ],
  },
  travel: {
    names: ['travel', 'trips'],
    descriptions: [
      'trips abroad',
      'booking flights and hotels, car rental, luggage, translation, visas, vaccinations, time zones, plugs',
      'vacation travel',
    ],
  },
  utility: {
    names: ['utility', 'everyday tools', 'phone assistant'],
    descriptions: [
      'phone assistant tools',
      'alarm, timer, weather, date and time, calculator, definitions, spelling, make a call, send a text, dice, share location',
      'handy everyday functions',
    ],
  },
  work: {
    names: ['work', 'office', 'job', 'human resources'],
    descriptions: [
      'my job',
      'payday, income, taxes, W-2, 401k, health insurance, PTO requests, meetings, direct deposit',
      'office and employment questions',
    ],
  },
  small_talk: {
    names: ['small talk', 'chit-chat', 'the assistant itself'],
    descriptions: [
      'chatting',
      'greetings, thanks, goodbye, jokes, fun facts, questions about the assistant such as its name, age, hobbies and maker',
      'chit-chat with the bot',
    ],
  },
  meta: {
    names: ['meta', 'assistant settings', 'conversation control'],
    descriptions: [
      'assistant settings',
      'changing the language, accent, speed and volume of the assistant, its name, repeat, cancel, reset, pair a device',
      'control of the conversation',
    ],
  },
};

/** Requests of CLINC150 that only keep a conversation going. */
export const COURTESIES = new Set(
  'greeting goodbye thank_you what_can_i_ask_you are_you_a_bot what_is_your_name who_made_you yes no maybe repeat cancel'.split(
    ' ',
  ),
);
