/**
 * The API reference, as Markdown made from the docstrings by TypeDoc: one page per class, and one page per module for its
 * functions, constants, and types. Members are in the order in which people look for them (`send` before `closed`), and the
 * members that every socket has are described once, on the page of `Socket`.
 */
import { posix } from "node:path"
import {
  Application,
  ReflectionKind,
  type Comment,
  type CommentDisplayPart,
  type DeclarationReflection as Declaration,
  type ParameterReflection,
  type SignatureReflection as Signature,
  type SomeType,
} from "typedoc"
import { OPTIONS } from "../../src/sockets/options/table.js"
import { slug } from "./slug.js"

/** A page of the site, by its path and its text. */
export interface Page {
  readonly path: string
  readonly markdown: string
}

const ORDER = [
  "bind",
  "connect",
  "attach",
  "send",
  "sendMany",
  "trySend",
  "receive",
  "receiveMany",
  "tryReceive",
  "[asyncIterator]",
  "request",
  "subscribe",
  "unsubscribe",
  "join",
  "leave",
  "with",
  "readableStream",
  "writableStream",
  "peersReady",
  "peerOf",
  "stats",
  "run",
  "start",
  "on",
  "off",
  "unbind",
  "disconnect",
  "bindSync",
  "unbindSync",
  "close",
  "[asyncDispose]",
  "[dispose]",
]
/** Options by number come last: few programs use them. */
const RAW_OPTION = /^[gs]et(?:Bool|Int32|Int64|Uint32|Uint64|String)Option$/
/** Constants of zeromq.js 5 are a list of names. */
const CONSTANT = /^(?:ZMQ|STATE)_/

/** Reads the sources of the repository at `root`. */
export async function apiPages(root: string): Promise<Page[]> {
  const app = await Application.bootstrapWithPlugins({ options: `${root}/typedoc.json`, logLevel: "Warn" })
  const project = await app.convert()
  if (project === undefined) throw new Error("TypeDoc cannot read the sources")
  app.validate(project)
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error("TypeDoc has warnings, see above")
  return new Reference(project.children ?? []).pages()
}

class Reference {
  readonly #modules: readonly Declaration[]
  /** Where each exported name is described, by its id; and by its name, the first module wins. */
  #homes = new Map() as Map<number | string, string>
  /** The page that is being written: links are relative to it. */
  #at = ""

  constructor(modules: Declaration[]) {
    this.#modules = modules
    for (const module of modules) {
      for (const entry of module.children ?? []) {
        const home = this.#homeOf(module, entry)
        this.#homes.set(entry.id, home)
        if (!this.#homes.has(entry.name) && entry.name !== "default") this.#homes.set(entry.name, home)
      }
    }
  }

  pages(): Page[] {
    const pages = [this.#page("api/index.md", () => this.#index())]
    for (const module of this.#modules) {
      const folder = folderOf(module)
      pages.push(this.#page(`${folder}/index.md`, () => this.#module(module)))
      for (const entry of membersOf(module, ReflectionKind.Class)) {
        pages.push(this.#page(`${folder}/${entry.name}.md`, () => this.#class(entry)))
      }
    }
    return pages
  }

  #page(path: string, write: () => string) {
    this.#at = path
    return {
      path,
      markdown: `${write()
        .replace(/\n{3,}/g, "\n\n")
        .trim()}\n`,
    }
  }

  #homeOf(module: Declaration, entry: Declaration) {
    if (entry.kind === ReflectionKind.Class) return `${folderOf(module)}/${entry.name}.md`
    return `${folderOf(module)}/index.md#${CONSTANT.test(entry.name) ? "constants" : slug(entry.name)}`
  }

  #index() {
    const rows = this.#modules.map((module) => {
      const classes = membersOf(module, ReflectionKind.Class).map(
        ({ name }) => `[\`${name}\`](${this.#to(`${folderOf(module)}/${name}.md`)})`,
      )
      const link = `[\`${module.name}\`](${this.#to(`${folderOf(module)}/index.md`)})`
      return `## ${module.name}\n\n${this.#text(module.comment)}\n\n${classes.length > 0 ? `Classes: ${classes.join(", ")}. ` : ""}Everything else is on the page of ${link}.`
    })
    return `# API reference\n\nGenerated from the docstrings that your editor shows. Socket options have [a page of their own](${this.#to("options.md")}).\n\n${rows.join("\n\n")}`
  }

  #module(module: Declaration) {
    const parts = [`# ${module.name}`, this.#text(module.comment)]
    const classes = membersOf(module, ReflectionKind.Class)
    if (classes.length > 0) {
      parts.push(
        "## Classes",
        this.#table("Class", classes, (entry) => this.#link(entry)),
      )
    }
    for (const entry of membersOf(module, ReflectionKind.Function)) parts.push(...this.#callable(entry, "##"))
    const variables = membersOf(module, ReflectionKind.Variable).filter(({ name }) => name !== "default")
    for (const entry of variables.filter(({ name }) => !CONSTANT.test(name))) {
      parts.push(`## ${entry.name}`, code(`const ${entry.name}: ${typeText(entry.type)}`), this.#text(entry.comment))
    }
    const constants = variables.filter(({ name }) => CONSTANT.test(name))
    if (constants.length > 0) {
      parts.push("## Constants", constants.map(({ name }) => `\`${name}\``).join(", "))
    }
    for (const entry of membersOf(module, ReflectionKind.Interface, ReflectionKind.TypeAlias))
      parts.push(...this.#type(entry))
    return parts.join("\n\n")
  }

  /** An interface or a type. */
  #type(entry: Declaration) {
    const generics = entry.typeParameters?.map(({ name }) => name).join(", ")
    const name = `${entry.name}${generics === undefined ? "" : `<${generics}>`}`
    const parts = [`## ${entry.name}`]
    const members = entry.children ?? (entry.type?.type === "reflection" ? (entry.type.declaration.children ?? []) : [])
    if (entry.kind === ReflectionKind.TypeAlias && members.length === 0) {
      parts.push(code(`type ${name} = ${typeText(entry.type)}`))
    } else {
      const bases = (entry.extendedTypes ?? []).map(typeText)
      parts.push(
        code(
          `${entry.kind === ReflectionKind.Interface ? "interface" : "type"} ${name}${bases.length > 0 ? ` extends ${bases.join(", ")}` : ""}`,
        ),
      )
    }
    parts.push(this.#text(entry.comment))
    if (members.length > 0) {
      parts.push(
        sorted(members)
          .map((member) => `- \`${declared(member)}\`${this.#inline(commentOf(member))}`)
          .join("\n"),
      )
    }
    return parts
  }

  #class(entry: Declaration) {
    const bases = (entry.extendedTypes ?? [])
      .map((type) => typeText(type).replace(/<.*/, ""))
      .filter((name) => this.#homes.has(name))
    const parts = [`# ${entry.name}`, this.#text(entry.comment)]
    if (bases.length > 0)
      parts.push(
        `Extends ${bases.map((name) => `[\`${name}\`](${this.#to(this.#homes.get(name) ?? "")})`).join(", ")}.`,
      )
    const isSocket = entry.name !== "Socket" && bases.includes("Socket")
    const members = (entry.children ?? []).filter((member) => !member.flags.isExternal && !isOfError(member))
    const inherited = (member: Declaration) => isSocket && /^Socket\./.test(member.inheritedFrom?.name ?? "")
    const constructor = members.find(({ kind }) => kind === ReflectionKind.Constructor)
    if (constructor !== undefined) parts.push("## Constructor", ...this.#signatures(constructor))
    const methods = sorted(members.filter(({ kind }) => kind === ReflectionKind.Method))
    const own = methods.filter((member) => !inherited(member) && !RAW_OPTION.test(member.name))
    if (own.length > 0) parts.push("## Methods", ...own.flatMap((member) => this.#callable(member, "###")))
    const shared = methods.filter((member) => inherited(member) && !RAW_OPTION.test(member.name))
    if (shared.length > 0)
      parts.push(
        "## Methods of every socket",
        this.#table(
          "Method",
          shared,
          (member) => `[\`${shown(member.name)}()\`](${this.#to(`api/zmtp/Socket.md#${slug(shown(member.name))}`)})`,
        ),
      )
    const raw = methods.filter((member) => !inherited(member) && RAW_OPTION.test(member.name))
    const state = sorted(
      members.filter(
        (member) =>
          member.kind === ReflectionKind.Accessor || (member.kind === ReflectionKind.Property && !isOption(member)),
      ),
    )
    if (state.length > 0) {
      parts.push(
        "## Properties",
        this.#table("Property", state, (member) => `\`${declared(member)}\``),
      )
    }
    const options = members.filter(isOption)
    if (options.length > 0) {
      parts.push(
        "## Options",
        `Set them in the constructor or as properties. [Socket options](${this.#to("options.md")}) has the range and default of each.`,
        this.#table("Option", options, (member) => `\`${declared(member)}\``),
      )
    }
    if (raw.length > 0) {
      parts.push(
        "## Options by number",
        code(
          raw.flatMap((member) => (member.signatures ?? []).map((signature) => signatureText(signature))).join("\n"),
        ),
        this.#text(raw.map(commentOf).find((comment) => comment !== undefined)),
      )
    }
    return parts.join("\n\n")
  }

  /** A function or method, with a heading of `level`. */
  #callable(entry: Declaration, level: string) {
    return [`${level} ${shown(entry.name)}`, ...this.#signatures(entry)]
  }

  #signatures(entry: Declaration) {
    const signatures = entry.signatures ?? []
    const parts = [code(signatures.map((signature) => signatureText(signature)).join("\n"))]
    for (const signature of signatures) {
      parts.push(this.#text(signature.comment, "head"))
      const parameters = (signature.parameters ?? []).filter(({ comment }) => comment !== undefined)
      if (parameters.length > 0)
        parts.push(parameters.map(({ name, comment }) => `- \`${name}\`${this.#inline(comment)}`).join("\n"))
      parts.push(this.#text(signature.comment, "tail"))
    }
    const types = this.#mentioned(signatures.map((signature) => signatureText(signature)).join("\n"), entry)
    if (types !== "") parts.push(types)
    return parts.filter((part) => part !== "")
  }

  /** Links to the types in a signature. */
  #mentioned(text: string, entry: Declaration) {
    const names = new Set([...text.matchAll(/\b[A-Z]\w+/g)].map(([name]) => name))
    const links = [...names]
      .filter((name) => this.#homes.has(name) && name !== entry.name && name !== entry.parent?.name)
      .map((name) => `[\`${name}\`](${this.#to(this.#homes.get(name) ?? "")})`)
    return links.length > 0 ? `Types: ${links.join(", ")}.` : ""
  }

  #table(heading: string, entries: Declaration[], first: (entry: Declaration) => string) {
    const rows = entries.map(
      (entry) => `| ${cell(first(entry))} | ${cell(firstSentence(this.#text(commentOf(entry), "head")))} |`,
    )
    return [`| ${heading} | Description |`, "| --- | --- |", ...rows].join("\n")
  }

  #link(entry: Declaration) {
    return `[\`${entry.name}\`](${this.#to(this.#homes.get(entry.id) ?? "")})`
  }

  /** A link to a page of the site, from the page that is being written. */
  #to(target: string) {
    return posix.relative(posix.dirname(this.#at), target)
  }

  /** Markdown for the text of a comment, for its tags, or for both. */
  #text(comment: Comment | undefined, part: "all" | "head" | "tail" = "all") {
    if (comment === undefined) return ""
    const parts = part === "tail" ? [] : [this.#parts(comment.summary)]
    if (part === "head") return parts.join("")
    const all = (tag: string) =>
      comment.blockTags.filter((block) => block.tag === tag).map(({ content }) => this.#parts(content).trim())
    for (const text of all("@remarks")) parts.push(text)
    for (const text of all("@returns")) parts.push(`**Returns:** ${text}`)
    for (const text of all("@throws")) parts.push(`**Throws:** ${text}`)
    for (const text of all("@defaultValue")) parts.push(`**Default:** ${text}`)
    for (const text of all("@see")) parts.push(`**See:** ${text}`)
    for (const text of all("@deprecated")) parts.push(`**Deprecated.** ${text}`)
    for (const text of all("@example")) parts.push(`**Example**\n\n${text}`)
    return parts.join("\n\n")
  }

  #inline(comment: Comment | undefined) {
    const text = this.#text(comment).replace(/\n\n\*\*(Default|See):\*\*/g, " $1:")
    return text === "" ? "" : `: ${text.replaceAll("\n", "\n  ")}`
  }

  #parts(parts: CommentDisplayPart[]) {
    return parts
      .map((part) => {
        if (part.kind === "text") return part.text.replace(/<(?=[A-Za-z/])/g, "&lt;")
        if (part.kind === "code") return part.text
        if (part.kind !== "inline-tag") return ""
        const target = part.target
        const home = typeof target === "object" && "id" in target ? this.#homes.get(target.id) : undefined
        return home === undefined ? `\`${part.text}\`` : `[\`${part.text}\`](${this.#to(home)})`
      })
      .join("")
  }
}

function folderOf(module: Declaration) {
  return `api/${module.name}`
}

function membersOf(module: Declaration, ...kinds: ReflectionKind[]) {
  return (module.children ?? []).filter(({ kind }) => kinds.includes(kind))
}

function commentOf(member: Declaration) {
  return (
    member.comment ??
    member.getSignature?.comment ??
    member.signatures?.find(({ comment }) => comment !== undefined)?.comment
  )
}

function isOption({ kind, name }: Declaration) {
  return kind === ReflectionKind.Property && name in OPTIONS
}

function isOfError(member: Declaration) {
  return /^(?:Error|TypeError)\./.test(member.inheritedFrom?.name ?? "")
}

function sorted(members: Declaration[]) {
  const rank = ({ name }: Declaration) => {
    const index = ORDER.indexOf(shown(name))
    return index === -1 ? ORDER.length : index
  }
  return [...members].sort((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1))
}

function shown(name: string) {
  return name.replace("[Symbol.", "[")
}

/** A member as one line of TypeScript. */
function declared(member: Declaration) {
  const signature = member.signatures?.[0]
  if (signature !== undefined) return signatureText(signature, false)
  const type = member.type ?? member.getSignature?.type
  const readonly = member.kind === ReflectionKind.Accessor && member.setSignature === undefined ? "readonly " : ""
  return `${readonly}${member.name}${member.flags.isOptional ? "?" : ""}: ${typeText(type)}`
}

/** A signature, over several lines if it is long and `wrap` is set. */
function signatureText(signature: Signature, wrap: boolean = true) {
  const constructs = signature.kind === ReflectionKind.ConstructorSignature
  const generics =
    constructs || signature.typeParameters === undefined
      ? ""
      : `<${signature.typeParameters.map(({ name, type }) => (type === undefined ? name : `${name} extends ${typeText(type)}`)).join(", ")}>`
  const parameters = (signature.parameters ?? []).flatMap(parameterTexts)
  const name = constructs ? `new ${signature.parent.parent?.name ?? signature.name}` : shown(signature.name)
  const result = constructs ? "" : `: ${typeText(signature.type)}`
  const line = `${name}${generics}(${parameters.join(", ")})${result}`
  return wrap && line.length > 72 && parameters.length > 0
    ? `${name}${generics}(\n${parameters.map((parameter) => `  ${parameter},\n`).join("")})${result}`
    : line
}

/** A rest parameter whose type is a tuple is printed as the parameters that it stands for. */
function parameterTexts({ name, type, flags, defaultValue }: ParameterReflection) {
  if (flags.isRest && type?.type === "tuple") {
    return type.elements.map((element) =>
      element.type === "namedTupleMember"
        ? `${element.name}${element.isOptional ? "?" : ""}: ${typeText(element.element)}`
        : typeText(element),
    )
  }
  const optional = flags.isOptional || defaultValue !== undefined ? "?" : ""
  return [`${flags.isRest ? "..." : ""}${name.replace("__namedParameters", "options")}${optional}: ${typeText(type)}`]
}

function typeText(type: SomeType | undefined) {
  return type === undefined ? "unknown" : type.toString().replace(/\bglobal\./g, "")
}

/** A block of TypeScript. */
function code(text: string) {
  return `\`\`\`ts\n${text}\n\`\`\``
}

function cell(text: string) {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ")
}

function firstSentence(text: string) {
  return /^.*?[.:](?=\s|$)/s.exec(text)?.[0].replace(/:$/, ".") ?? text
}
