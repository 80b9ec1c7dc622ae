import { FOREIGN_RULES } from './foreign-rules.ts';
import type { InjectionKind, InjectionRule } from './injection-rule.ts';

export type RuleHit = { name: string; kind: InjectionKind; start: number; end: number };

const GAP = String.raw`[^.!?\n]{0,40}?`;
const DROP = String.raw`(?:ignor(?:e|ing|es)|disregard(?:ing)?|forget(?:ting)?|dismiss|discard|overrid(?:e|ing)|bypass|abandon|drop|cancel|neglect|erase|delete|skip|do not (?:follow|obey|listen to)|don't (?:follow|obey|listen to)|stop following|pay no attention to)`;
const ORDERS = String.raw`(?:instruct?ions?|directions?|directives?|orders?|prompts?|rules?|guidelines?|tasks?|assignments?|commands?|programming|context|constraints?|restrictions?|polic(?:y|ies)|training|messages?|inputs?|conversation|everything|system)`;
const EARLIER = String.raw`(?:previous(?:ly)?|prior|above|preceding|earlier|before|past|initial|original|existing|given|other|all|any|your|these|everything)`;
const PROMPT = String.raw`(?:(?:system|initial|original|hidden|secret|full|entire|first|developer|internal|above|previous|whole|starting|base) (?:\w{1,12} )?(?:prompts?|instruct?ions?|messages?|text|configuration|directives?|rules|guidelines|conversation)|prompt texts?|your (?:\w{1,12} )?(?:prompts?|instructions?|directives|system message|guidelines|configuration|programming)|initialization string)`;
const TELL = String.raw`(?:show|reveal|print|output|repeat|display|tell|give|write|list|expose|leak|disclose|share|dump|return|recite|translate|summari[sz]e|encode|spell|copy|state|provide|describe|send|paste|render|convert|what(?:'s| is| are| was| were)|how do)`;
const NO_LIMITS = String.raw`(?:no|without(?: any)?|free (?:of|from)(?: all| any)?|not (?:bound|limited|restricted|constrained) by(?: any)?|unbound by|devoid of|bypass(?:es)?|breaks?|ignores?|lacks?) `;

const ENGLISH_RULES: InjectionRule[] = [
  rule('drop_orders', 'override', String.raw`\b${DROP}\b${GAP}\b${EARLIER}\b${GAP}\b${ORDERS}\b`),
  rule('drop_earlier', 'override', String.raw`\b${DROP} (?:about )?(?:all|everything|anything|the above|what|whatever|any)\b${GAP}\b(?:above|before|told|said|discussed|know|you (?:were|have|had|learned)|instructions?|i said|we)\b`),
  rule('new_orders', 'override', String.raw`\b(?:new|updated|additional|real|actual|next|different) (?:instructions?|tasks?|assignments?|orders?|directives?|rules)\b${GAP}(?::|\b(?:follow|are|is|come|now|below|begin)\b)`),
  rule('from_now_on', 'override', String.raw`\b(?:from (?:now|this (?:point|message|moment)) (?:on|onwards?|forward)|starting now|henceforth|for the (?:rest|remainder) of (?:this|our|the) (?:conversation|chat|session))\b`),
  rule('only_say', 'override', String.raw`\b(?:just|only|simply|instead|always|must)(?: \w{1,12}){0,2} (?:say|output|print|reply|respond|answer|write|repeat|return)\b|\b(?:say|output|print|reply with|respond with|repeat after me|answer with)[:,]? ["'\u00ab]`),
  rule('despite_told', 'override', String.raw`\b(?:despite|regardless of|no matter) what\b${GAP}\b(?:told|instructed|said)\b|\byou(?:'re| are) not (?:supposed|allowed) to (?:tell|say|refuse|decline)\b|\bnot? (?:by|from|in|look in|use) the (?:articles?|documents?|context)\b`),
  rule('authority', 'override', String.raw`\b(?:admin(?:istrator)?|developer|debug|maintenance|god|sudo|root|dev|debugging|test|unrestricted|jailbreak) (?:mode|override|access)\b|\bi am (?:your|the) (?:developer|creator|admin\w{0,10}|owner|programmer)\b|\bsystem override\b`),
  rule('persona', 'role_play', String.raw`\b(?:act|behave|respond|answer|speak|pose|function|operate|work|roleplay|role-play|role play|acting) (?:\w{1,10} )?(?:as(?: if| though)?|like)\b|\b(?:pretend|imagine|simulate|assume|suppose|take on|immerse|embody|impersonate)\b${GAP}\b(?:you|to be|role|personality|yourself|persona|character|that)\b`),
  rule('you_are_now', 'role_play', String.raw`\b(?:you(?: a|')re (?:now|going to (?:be|act|pretend|play)|about to|no longer)|now you(?: a|')re|you (?:will|shall|must) now|you will (?:be|act|play|simulate|respond|answer)|you(?: a|')re an? (?:\w{1,12} ){0,3}(?:ai|bot|chatbot|assistant|model|robot|machine|monster|pirate|hacker))\b`),
  rule('i_want_you', 'role_play', String.raw`\bi (?:want|need|would like|'d like) you to\b|\byou(?:'re| are) (?:role-?playing|playing|acting)\b|\blet(?:'s| us) (?:play|role-?play|pretend|simulate)\b|\bwe are going to (?:have a )?(?:role-?play|play)\b`),
  rule('no_limits', 'role_play', String.raw`\b${NO_LIMITS}(?:\w{1,14} ){0,3}(?:restrictions?|limits?|limitations?|rules|filters?|censorship|morals?|ethics?|guidelines|boundaries|constraints|policies|principles|moral\w{0,4}|ethical)\b|\b(?:unfiltered|uncensored|unrestricted|amoral|unethical|evil) (?:and \w{1,14} )?(?:ai|bot|chatbot|assistant|model|version|response|character|persona)\b`),
  rule('anything_now', 'role_play', String.raw`\bdo anything now\b|\b(?:DAN|STAN|DUDE|AIM|UCAR|DevMode|BetterDAN|EvilBOT|AntiGPT|\w{2,10}GPT)\b(?= |[,.'"\]):]|$)|\b(?:broken free|typical confines|stay in character|break(?:ing)? character|in character|never refus\w{1,3}|cannot refuse|can do anything|tokens? (?:system|left|deducted))\b`),
  rule('no_refusal', 'role_play', String.raw`\b(?:never|not|don't|without|cannot|won't|must not)\b${GAP}\b(?:refus\w{1,3}|declin\w{1,3}|warn\w{0,5}|disclaimers?|apolog\w{1,7}|reject|moraliz\w{1,3}|censor\w{0,4})\b`),
  rule('maker', 'role_play', String.raw`\b(?:chat ?gpt|open ?ai(?:'s)?|claude|anthropic|gpt-?[345]|bard|gemini|llama|copilot|language model|clyde|sydney)\b`),
  rule('tell_prompt', 'prompt_extraction', String.raw`\b${TELL}\b${GAP}${PROMPT}`),
  rule('what_was_above', 'prompt_extraction', String.raw`\b${TELL}\b${GAP}\b(?:(?:text|words?|lines?|everything|all|instructions?|conversation|sentences?|prompt|content)\b${GAP}\b(?:above|before|at the (?:beginning|start|top)|you were given|so far|preceding|word for word|verbatim)|above (?:text|instructions?|conversation|prompt))\b`),
  rule('prompt_then_tell', 'prompt_extraction', String.raw`${PROMPT}${GAP}\b(?:in|as|to|word for word|verbatim|base64|json|python|pseudocode|emoji|and output)\b`),
  rule('turn_marks', 'fake_turn', String.raw`<\|?/?(?:im_start|im_end|system|assistant|user|endoftext|start_header_id|eot_id|begin_of_text)\|?>|\[/?(?:INST|SYS|SYSTEM|ASSISTANT|CLS)\]|<</?SYS>>|###? ?(?:system|instruction|assistant|human|user|new (?:task|instructions?)|end)\b|%%%|(?<!=)={3,} ?end\b`),
  rule('turn_words', 'fake_turn', String.raw`(?:^|\n|\\n|["'\]])[\s*#]{0,4}(?:system|assistant|instruction|human|user|ai|admin|developer)(?: (?:message|prompt|note|instruction|override|command))?s?\s?:|\b(?:end|begin|start|beginning) (?:of )?(?:the )?(?:user|system|document|context|prompt|article|input|conversation)\b|\b(?:system|user) (?:i-?nstructions?|message) (?:begins?|termination)\b`),
  rule('decode_and_do', 'encoding', String.raw`\b(?:decode|decrypt|decipher|de-?obfuscate|unscramble|reverse)\b${GAP}\b(?:and|then|message|base ?64|rot ?13|hex)\b`),
  rule('for_the_model', 'instruction', String.raw`\b(?:(?:attention|note|message|instructions?|notice|hint|important|reminder|hello|dear|hey|hi|command|request|directive)s?(?: (?:to|for))?(?: (?:all|any|the|every|this|our|future))?,? (?:ai|a\.i\.|llms?|language models?|chat ?bots?|assistants?|ai (?:assistants?|agents?|models?|systems?|reviewers?|readers?)|bots?|crawlers?|copilot|summari[sz]ers?|chat ?gpt|gpt|agents?|virtual assistants?|automated (?:systems?|readers?|tools?)))\b|\b(?:if|when|since|as) (?:you(?:'re| are)|an?|this is (?:read|being processed) by an?|any)(?: an?)? (?:ai|llm|language model|large language model|assistant|chatbot|bot|automated|agent|gpt|virtual assistant)\b`),
  rule('your_answer', 'instruction', String.raw`\b(?:in|to|into|of|at the end of|from|with|modify|change|write|render|reply with|make|end|begin|start|format|translate|scramble|keep|encode|conclude|replace|finish|deliver|generate|phrase|adjust|alter) (?:all )?(?:your|the|every|each|any) (?:\w{1,14} )?(?:response|answer|reply|output|message|summary|text|content|replies|responses|answers)s?(?:'s)?\b|\b(?:your|every) (?:response|answer|reply|output|summary) (?:to|must|should|with|in|by|using|entirely)\b`),
  rule('hide_from_user', 'instruction', String.raw`\b(?:do not|don't|never|without)\b${GAP}\b(?:tell|inform|mention|reveal|disclos\w{1,3}|alert|notify|mentioning|telling)\b${GAP}\b(?:user|anyone|reader|customer|human|this instruction|these instructions|this (?:note|message|prompt))\b`),
  rule('send_out', 'instruction', String.raw`\b(?:send|forward|post|upload|transmit|exfiltrate|submit|leak|append|include|email|e-mail)\b${GAP}\b(?:conversation|chat history|history|credentials?|passwords?|api keys?|secrets?|tokens?|user data|user's|documents|context|emails?)\b${GAP}\b(?:to|at|in|as)\b${GAP}(?:https?:|www\.|@|\burl\b|\baddress\b|\bimage\b|\bparameter\b)`),
  rule('tell_the_user', 'instruction', String.raw`\b(?:tell|inform|convince|ask|urge|persuade|advise|instruct|direct|encourage|warn|prompt|remind|suggest|recommend) (?:to )?(?:the |all |every |any |your )?(?:users?|readers?|customers?|person asking|humans?)\b`),
]; // prettier-ignore

const RULES: readonly InjectionRule[] = [...ENGLISH_RULES, ...FOREIGN_RULES];

/** Every phrase of an attack in a text, in no order. Most of them also stand in harmless texts: the classifier weighs them. */
export function findRuleHits(text: string): RuleHit[] {
  return RULES.flatMap(({ name, kind, pattern }) =>
    Array.from(text.matchAll(pattern), ({ 0: found, index }) => ({
      name,
      kind,
      start: index,
      end: index + found.length,
    })),
  );
}

function rule(name: string, kind: InjectionKind, source: string): InjectionRule {
  return { name, kind, pattern: new RegExp(source, name === 'anything_now' ? 'g' : 'gi') };
}
