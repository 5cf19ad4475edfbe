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

/** Characters after the last dot of a hidden name, which make it unique. */
const SUFFIX = 6

/** After this time a lock is taken for that of a process that was killed while it replaced a file, in ms. */
const LOCK_LIFETIME = 10_000

/**
 * The file of a local socket. The socket listens under a hidden name first, and appears at its path only then: whoever
 * finds a socket there can connect, or nobody ever will again. Which process gets a path is decided by the file system.
 * When a socket closes, libuv deletes the file that it has bound, whosever that is by then. Here that is the hidden name,
 * which is gone; the path is removed by `remove`, while it leads to this socket.
 */
export class SocketFile {
  /** Where the socket has to listen before it is published. The system goes on knowing it by this name. */
  readonly hidden: string
  // The process may change its working directory.
  readonly #hidden: string
  readonly #path: string
  #own: BigIntStats | undefined

  /** @param longest Most bytes of a path that can be bound; `path` has no more. */
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

  /** The file that is at the path, if there is one. */
  get holder(): BigIntStats | undefined {
    return lstatSync(this.#path, { bigint: true, throwIfNoEntry: false })
  }

  /** Puts the socket at its path. False, and nothing is changed, when there is a file. */
  publish(): boolean {
    try {
      linkSync(this.#hidden, this.#path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
      // There are systems without hard links.
      return this.replace(undefined)
    }
    unlink(this.#hidden)
    this.#published()
    return true
  }

  /**
   * Puts the socket in the place of `holder`, which nobody listens on. False, and nothing is changed, when it is there no
   * more, or another process is just about to replace it.
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
   * Whether it is known without connecting that nobody listens at the path: Linux lists every local socket. A similar name
   * in any folder is enough to count as in use.
   */
  isKnownDead(): boolean {
    if (process.platform !== "linux" || !this.hidden.includes(".", folderOf(this.hidden).length)) return false
    const name = this.path.slice(folderOf(this.path).length)
    const listed = readFileSync("/proc/net/unix", "utf8").replace(` ${this.hidden}\n`, "\n")
    // Names may have several lines.
    if (listed.includes(`/${name}\n`) || listed.includes(` ${name}\n`)) return false
    for (const [, start] of listed.matchAll(HIDDEN_NAMES)) if (name.startsWith(start!)) return false
    return true
  }

  /** Removes the file at the path if it is that of this socket, which has to be open still. */
  remove(): void {
    if (published.delete(this) && published.size === 0) process.off("exit", removeAll)
    const own = this.#own
    this.#own = undefined
    if (own === undefined) return
    try {
      const { holder } = this
      // As long as the socket is open no other file has its number.
      if (holder?.ino === own.ino && holder.dev === own.dev) unlinkSync(this.#path)
    } catch {
      // Its folder is gone, or closed to us.
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

/** Those whose files go with the process at the latest. */
const published = new Set<SocketFile>()

function removeAll(): void {
  for (const file of published) file.remove()
}

/** Hidden names as they are listed, with the start of the name that they are for. */
const HIDDEN_NAMES = new RegExp(`[/ ]([^/]*)\\.[0-9a-z]{${SUFFIX}}$`, "gm")

/** A new name in the folder of `path`: with as much of its name as there is room for, for those who list sockets. */
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

/** With the slash at its end. Not normalized: what `..` leads to is for the file system to say. */
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

/** Whether it is the same file, unchanged: numbers of files are used again. */
function isSame(one: BigIntStats | undefined, other: BigIntStats | undefined): boolean {
  // Deno has only the seconds of `ctime`.
  return (["ino", "dev", "ctimeNs", "mtimeNs", "birthtimeNs"] as const).every((key) => one?.[key] === other?.[key])
}

/** False when somebody else has the lock. */
function take(lock: string): boolean {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      closeSync(openSync(lock, "wx"))
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
      const made = lstatSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0
      if (Date.now() - made < LOCK_LIFETIME) return false
      unlink(lock)
    }
  }
  return false
}

function unlink(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is gone, or not for us to remove.
  }
}
