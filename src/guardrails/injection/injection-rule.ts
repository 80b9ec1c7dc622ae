/** How an injection is tried; `instruction` is one that a document holds for its reader's model. */
export type InjectionKind =
  'override' | 'role_play' | 'prompt_extraction' | 'fake_turn' | 'encoding' | 'hidden_text' | 'instruction';

/** A phrase that attacks use. Each pattern is linear: its gaps are bounded, and stay within a sentence. */
export type InjectionRule = { name: string; kind: InjectionKind; pattern: RegExp };
