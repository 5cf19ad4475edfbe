/** Code as text, for programs that are bundled. */
export interface IoThreadText {
  /** The program of an I/O thread, as CommonJS. */
  readonly code: string
  /** libsodium's WebAssembly in base64: the program uses it, and contains no second copy. */
  readonly libsodium: string
}

/** Loads the text. Sources have none, because they run the program from its file: the build replaces this module. */
export const loadText: () => IoThreadText | undefined = () => undefined
