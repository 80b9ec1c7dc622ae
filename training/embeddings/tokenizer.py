"""The student's tokenizer, the reference for `src/embedders/static`: BERT's words, then phrases, then WordPiece."""

from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

UNKNOWN = "[UNK]"
MOST_CHARS = 100
NORMALIZER = BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True)
PRE_TOKENIZER = BertPreTokenizer()


def words(text):
    """The text's words and punctuation marks as BERT's uncased tokenizer cuts them."""
    return [word for word, _ in PRE_TOKENIZER.pre_tokenize_str(NORMALIZER.normalize_str(text))]


class Tokenizer:
    """`vocabulary`: rows by number; `##` continues a word, an entry with spaces is a phrase."""

    def __init__(self, vocabulary):
        self.rows = {entry: row for row, entry in enumerate(vocabulary)}
        self.longest_phrase = {}
        for entry in vocabulary:
            parts = entry.split(" ")
            if len(parts) > 1:
                self.longest_phrase[parts[0]] = max(len(parts), self.longest_phrase.get(parts[0], 0))
        self.known = {}

    def pieces(self, word):
        """Rows of one word: greedy, longest piece first; the unknown row where that finds no way."""
        found, start = [], 0
        while start < len(word):
            end = len(word)
            while end > start and (("##" if start else "") + word[start:end]) not in self.rows:
                end -= 1
            if end == start or len(word) > MOST_CHARS:
                return [self.rows[UNKNOWN]]
            found.append(self.rows[("##" if start else "") + word[start:end]])
            start = end
        return found

    def encode(self, text):
        """Rows of a text: at each word the longest phrase that starts there, else the word's pieces."""
        found, all_words, place = [], words(text), 0
        while place < len(all_words):
            word = all_words[place]
            for count in range(min(self.longest_phrase.get(word, 0), len(all_words) - place), 1, -1):
                row = self.rows.get(" ".join(all_words[place : place + count]))
                if row is not None:
                    found.append(row)
                    place += count
                    break
            else:
                if word not in self.known:
                    self.known[word] = self.pieces(word)
                found += self.known[word]
                place += 1
        return found
