/** CLINC150's domains as a user would put them: in a word or two, and in a line. */
export const DOMAIN_DESCRIPTIONS: Record<string, [string, string]> = {
  banking: ['banking', 'banking: accounts, balances, transfers, bills and fraud'],
  credit_cards: ['credit cards', 'credit cards: limits, rewards, lost cards and credit scores'],
  kitchen_and_dining: ['kitchen and dining', 'cooking, recipes, food, and restaurant reservations'],
  home: ['home', 'home assistant: shopping lists, to-do lists, reminders, calendar, music and smart home'],
  auto_and_commute: ['auto and commute', 'cars, fuel, tires and maintenance, traffic and directions'],
  travel: ['travel', 'travel: flights, hotels, luggage, visas and currency exchange'],
  utility: [
    'utility',
    'everyday tools: alarms, timers, weather, time and date, calculations, unit conversion, spelling, calls and texts',
  ],
  work: ['work', 'work and human resources: vacation, pay, taxes, insurance and meetings'],
  small_talk: ['small talk', 'small talk with the assistant: greetings, jokes, who you are'],
  meta: ['meta', 'settings of the assistant: language, voice, volume, names, yes and no'],
};
