/** Control characters could move a cursor, and characters of formatting turn around the text beside them: `?` instead. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
