/** When it was asked for (ms, as `now` tells it), and what came of it. */
export type RecentAnswer<Value> = { value: Value; askedAt: number };

/** Answers that are kept for those who take one that was asked for a moment ago. */
export type RecentAnswers<Value> = {
  /** An answer that was asked for at `since` or later. One question at a time for each id: those who wait share it. */
  get(id: string, since: number): Promise<RecentAnswer<Value>>;
  /** From now on nobody gets an answer that was asked for before. */
  forget(id: string): void;
};

type Question<Value> = { askedAt: number; answer: Promise<Value>; settled: boolean };

/** Keeps the answers of `ask`, at most `most` of them; a failure is told to those who wait, and not kept. */
export function createRecentAnswers<Value>(
  ask: (id: string) => Promise<Value>,
  { most, now }: { most: number; now: () => number },
): RecentAnswers<Value> {
  const questions = new Map<string, Question<Value>>();
  const begin = (id: string) => {
    const question = { askedAt: now(), answer: ask(id), settled: false };
    question.answer.then(
      () => (question.settled = true),
      () => {
        question.settled = true;
        if (questions.get(id) === question) questions.delete(id);
      },
    );
    questions.delete(id); // so that the map stays in the order of asking
    questions.set(id, question);
    const [oldest] = questions.keys();
    if (questions.size > most && oldest !== undefined) questions.delete(oldest);
    return question;
  };
  return {
    get: async (id, since) => {
      let question = questions.get(id);
      while (question && question.askedAt < since && !question.settled) {
        await question.answer.catch(() => undefined);
        question = questions.get(id);
      }
      if (!question || question.askedAt < since) question = begin(id);
      return { value: await question.answer, askedAt: question.askedAt };
    },
    forget: (id) => void questions.delete(id),
  };
}
