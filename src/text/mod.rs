//! Japanese text and numbers: eras, widths, kana, kanji variants, addresses, names, CP932.
