import type { InjectionKind, InjectionRule } from './injection-rule.ts';

const GAP = String.raw`[^.!?。！？\n]{0,40}?`;
const CLOSE = String.raw`[^.!?。！？\n]{0,16}?`;

/** To drop the orders before, by language: what is dropped comes last, or first where verbs do. */
const OVERRIDES = [
  String.raw`(?:ignorier\w{0,3}|vergiss|vergessen sie|vergesst|missachte\w?|verwirf|übergeh\w?)${GAP}(?:anweisung|instruktion|vorgabe|regel|aufgabe|auftr[aä]g|befehl|alles|davor|obige|bisherig|vorherig|prompt|angaben)`,
  String.raw`(?:bisherig|vorherig|obig)\w{0,3}${GAP}(?:anweisung|information|instruktion|vorgabe|regel)\w{0,3}${GAP}(?:irrelevant|ignorier|ungültig|verg[ei]ss)`,
  String.raw`(?:ignor[ae]|ignoren|olvid[ae]|olvídate|omit[ae]|descarta|no hagas caso)${GAP}(?:instrucciones|indicaciones|reglas|órdenes|ordenes|anterior|previas|antes|todo)`,
  String.raw`(?:ignore[zr]?|oublie[zrs]?|ne ti(?:ens|enne[zs]?) pas compte|fais abstraction|néglige[zr]?)${GAP}(?:instruction|consigne|r[eè]gle|directive|pr[eé]c[eé]dent|ci-dessus|tout ce)`,
  String.raw`(?:ignora(?:te|re)?|dimentica(?:te|re)?|trascura)${GAP}(?:istruzioni|regole|precedent|comandi|direttive|tutto)`,
  String.raw`(?:ignor[ea]|esque[çc]a|desconsidere)${GAP}(?:instru[çc][õo]es|regras|anterior|orienta[çc]|comandos|tudo)`,
  String.raw`(?:negeer|vergeet|sla over)${GAP}(?:instructies|regels|opdracht|aanwijzing|voorgaande|eerdere|alles)`,
  String.raw`(?:zignoruj|zapomnij|pomi[nń])${GAP}(?:instrukcj|polece|zasad|poprzedni|wszystk)`,
  String.raw`(?:игнориру\p{L}{0,5}|забуд\p{L}{0,3}|отмени\p{L}{0,2}|не обращай\p{L}{0,2})${GAP}(?:инструкц|указан|правил|предыдущ|команд|выше|всё|все )`,
  String.raw`(?:忽略|无视|無視|忘记|忘記|忽視|不要理会|丢弃|跳过|抛开)${CLOSE}(?:指令|指示|规则|規則|提示词|系统提示|以上内容|之前的|前面的|先前|命令)`,
  String.raw`(?:指示|命令|ルール|プロンプト|これまで|以前|上記)${CLOSE}(?:無視|忘れ|破棄)`,
  String.raw`(?:지시|명령|규칙|프롬프트|이전|지침)${CLOSE}(?:무시|잊)`,
  String.raw`(?:تجاهل|انس|تغاض)${GAP}(?:تعليمات|أوامر|السابق|القواعد|ما سبق)`,
  String.raw`(?:निर्देश|आदेश|नियम)${GAP}(?:अनदेखा|भूल|नज़रअंदाज़)`,
  String.raw`(?:talimat|kural|komut|yönerge)${GAP}(?:yok say|unut|görmezden|dikkate alma)`,
  String.raw`(?:bỏ qua|quên|phớt lờ)${GAP}(?:hướng dẫn|chỉ dẫn|lệnh|quy tắc|trước)`,
];

const EXTRACTIONS = [
  String.raw`(?:zeig\w?|nenn\w?|gib|geben sie|verrat\w?|wiederhol\w?|druck\w?|sag\w?|schreib\w?)${GAP}(?:system-?prompt|prompt-?text|prompt|(?:deine|ihre|obigen?|ursprünglich\w{0,2}|vorherig\w{0,2}) (?:\w{1,16} )?(?:anweisung|instruktion|vorgabe))`,
  String.raw`(?:muestra|muéstrame|dime|revela|repite|imprime|escribe)${GAP}(?:prompt|tus instrucciones|instrucciones (?:iniciales|anteriores|del sistema))`,
  String.raw`(?:montre|affiche|révèle|répète|donne|dis|écris)${GAP}(?:prompt|invite système|tes instructions|vos instructions|instructions (?:initiales|système|précédentes))`,
  String.raw`(?:mostra|rivela|ripeti|stampa|dimmi|revele|mostre|repita)${GAP}(?:prompt|istruzioni (?:iniziali|di sistema)|tue istruzioni|suas instru)`,
  String.raw`(?:покажи|выведи|раскрой|повтори|напиши|скажи)${GAP}(?:промпт|системн\p{L}{1,4} (?:инструкц|сообщен|запрос)|свои инструкц|твои инструкц|начальн\p{L}{1,3} инструкц)`,
  String.raw`(?:显示|告诉我|输出|重复|打印|透露|泄露|给我看|复述|说出)${CLOSE}(?:系统提示|提示词|系统指令|你的指令|初始指令|prompt|上面的(?:内容|文字|指令))`,
  String.raw`(?:システムプロンプト|初期指示|プロンプト)${CLOSE}(?:表示|教え|出力|見せ|繰り返)`,
  String.raw`(?:시스템 ?프롬프트|초기 ?지시|프롬프트)${CLOSE}(?:보여|알려|출력|말해)`,
];

const PERSONAS = [
  String.raw`(?:stell dir vor|tu so als|du bist (?:jetzt|nun|ab jetzt)|(?:jetzt|nun|ab sofort) bist du|ab (?:jetzt|sofort|nun)|verhalte dich|spiel\w? die rolle|ich möchte,? dass (?:sie|du) als|agier\w{0,3} als|fungier\w{0,3} als)`,
  String.raw`(?:a partir de ahora|act[uú]a como|finge (?:que|ser)|imagina que eres|ahora eres|haz de cuenta|quiero que act[uú]es)`,
  String.raw`(?:à partir de maintenant|désormais|agis comme|fais semblant|tu es maintenant|vous êtes maintenant|imagine que tu es|joue le rôle|fais comme si)`,
  String.raw`(?:d'ora in poi|fai finta|agisci come|ora sei|comportati come|a partir de agora|finja|aja como|agora você é|vanaf nu|doe alsof|gedraag je als|od teraz|udawaj)`,
  String.raw`(?:с этого момента|теперь ты|представь,? что ты|притворись|веди себя как|действуй как|играй роль)`,
  String.raw`(?:从现在开始|从现在起|假装|扮演|你现在是|你将扮演|假設你|假设你|あなたは今から|今から|のふりをして|として振る舞|지금부터|인 척)`,
];

/** The commonest phrases of other languages. */
export const FOREIGN_RULES: InjectionRule[] = [
  ...rules('foreign_override', 'override', OVERRIDES),
  ...rules('foreign_extraction', 'prompt_extraction', EXTRACTIONS),
  ...rules('foreign_persona', 'role_play', PERSONAS),
];

function rules(name: string, kind: InjectionKind, sources: string[]): InjectionRule[] {
  return [{ name, kind, pattern: new RegExp(sources.join('|'), 'giu') }];
}
