import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  type BigIntStats,
} from "node:fs"
import { isAbsolute } from "node:path"
import { encodeText } from "../../zmtp/bytes.js"

/** Number of characters after the last dot of a hidden name, which make it unique. */
const SUFFIX = 6

/** Age after which a lock is considered abandoned by a process that was killed while it replaced a file, in ms. */
const LOCK_LIFETIME = 10_000

/**
 * The file of a local socket. The socket first listens on a hidden name, and is then moved to its path. Therefore, a
 * socket found at the path either accepts connections or never will again. The file system decides which process gets a
 * path. When a socket is closed, libuv deletes the file that it bound, even if it now belongs to another process. Here,
 * that is the hidden name, which no longer exists; `remove` deletes the path if it still refers to this socket.
 */
export class SocketFile {
  /** Path on which the socket listens before it is published. The system keeps reporting this name. */
  readonly hidden: string
  // Absolute, because the process may change its working directory.
  readonly #hidden: string
  readonly #path: string
  #own: BigIntStats | undefined

  /** @param longest Maximum length of a path that can be bound, in bytes; `path` is not longer. */
  constructor(
    private readonly path: string,
    longest: number,
  ) {
    let hidden: string
    let attempts = 0
    do hidden = hiddenName(path, longest)
    while (attempts++ < 100 && existsSync(hidden))
    this.hidden = hidden
    this.#hidden = toAbsolute(hidden)
    this.#path = toAbsolute(path)
  }

  /** The file that exists at the path, if any. */
  get holder(): BigIntStats | undefined {
    return lstatSync(this.#path, { bigint: true, throwIfNoEntry: false })
  }

  /** Publishes the socket at its path. Returns false, without changes, if a file exists there. */
  publish(): boolean {
    try {
      linkSync(this.#hidden, this.#path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
      // Some file systems have no hard links.
      return this.replace(undefined)
    }
    unlink(this.#hidden)
    this.#published()
    return true
  }

  /**
   * Replaces `holder`, on which no process listens, by this socket. Returns false, without changes, if it no longer
   * exists or another process is replacing it.
   */
  replace(holder: BigIntStats | undefined): boolean {
    const lock = `${this.#path}.zmtp-lock`
    if (!take(lock)) return false
    try {
      if (!isSame(this.holder, holder)) return false
      renameSync(this.#hidden, this.#path)
    } finally {
      unlink(lock)
    }
    this.#published()
    return true
  }

  /**
   * Whether it is known, without connecting, that no process listens on the path. Linux lists all local sockets. A
   * similar name in any directory counts as in use.
   */
  isKnownDead(): boolean {
    if (process.platform !== "linux" || !this.hidden.includes(".", folderOf(this.hidden).length)) return false
    const name = this.path.slice(folderOf(this.path).length)
    const listed = readFileSync("/proc/net/unix", "utf8").replace(` ${this.hidden}\n`, "\n")
    // Names may contain line breaks.
    if (listed.includes(`/${name}\n`) || listed.includes(` ${name}\n`)) return false
    for (const [, start] of listed.matchAll(HIDDEN_NAMES)) if (name.startsWith(start!)) return false
    return true
  }

  /** Removes the file at the path if it belongs to this socket, which must still be open. */
  remove(): void {
    if (published.delete(this) && published.size === 0) process.off("exit", removeAll)
    const own = this.#own
    this.#own = undefined
    if (own === undefined) return
    try {
      const { holder } = this
      // While the socket is open, no other file can have its inode number.
      if (holder?.ino === own.ino && holder.dev === own.dev) unlinkSync(this.#path)
    } catch {
      // The directory no longer exists or is not accessible.
    }
  }

  /** Removes the hidden name of a socket that was not published. */
  discard(): void {
    unlink(this.#hidden)
  }

  #published(): void {
    this.#own = this.holder
    if (published.size === 0) process.on("exit", removeAll)
    published.add(this)
  }
}

/** Published files, which are removed when the process exits. */
const published = new Set<SocketFile>()

function removeAll(): void {
  for (const file of published) file.remove()
}

/** Matches hidden names in the list of sockets, with the beginning of the name that they stand for. */
const HIDDEN_NAMES = new RegExp(`[/ ]([^/]*)\\.[0-9a-z]{${SUFFIX}}$`, "gm")

/**
 * A new name in the directory of `path`. It begins with as much of the original name as fits, for tools that list
 * sockets.
 */
function hiddenName(path: string, longest: number): string {
  const folder = folderOf(path)
  const room = longest - encodeText(folder).length
  const suffix = randomLetters(SUFFIX)
  if (room <= SUFFIX) {
    const hidden = folder + suffix.slice(0, room)
    return hidden === path ? hiddenName(path, longest) : hidden
  }
  const name = Array.from(path.slice(folder.length))
  while (encodeText(name.join("")).length > room - SUFFIX - 1) name.pop()
  return `${folder}${name.join("")}.${suffix}`
}

/** The directory, including the final slash. Not normalized, because only the file system knows what `..` refers to. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1)
}

function toAbsolute(path: string): string {
  return isAbsolute(path) ? path : `${process.cwd()}/${path}`
}

function randomLetters(count: number): string {
  return Array.from(globalThis.crypto.getRandomValues(new Uint8Array(count)), (byte) => (byte % 36).toString(36)).join(
    "",
  )
}

/** Whether the file is the same and unchanged. Inode numbers are reused, so timestamps are compared, too. */
function isSame(one: BigIntStats | undefined, other: BigIntStats | undefined): boolean {
  // Deno provides only the seconds of `ctime`.
  return (["ino", "dev", "ctimeNs", "mtimeNs", "birthtimeNs"] as const).every((key) => one?.[key] === other?.[key])
}

/** Acquires a lock. Returns false if another process has it. */
function take(lock: string): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      closeSync(openSync(lock, "wx"))
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
      const made = lstatSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0
      // A lock with a time in the future is also abandoned: the clock was set back after it was created.
      if (Math.abs(Date.now() - made) < LOCK_LIFETIME) return false
      unlink(lock)
    }
  }
  return false
}

function unlink(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It no longer exists, or this process may not remove it.
  }
}
