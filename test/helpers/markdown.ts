/** A fenced block of a document. */
export type FencedBlock = {
  /** The line of its opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** What stands behind the language: the convention of CONTRIBUTING, "Documents". */
  readonly kind: string;
  readonly text: string;
};

export const fencedBlocks = (document: string): readonly FencedBlock[] => {
  const blocks: FencedBlock[] = [];
  let open: { line: number; language: string; kind: string; lines: string[] } | null = null;
  for (const [at, text] of document.split('\n').entries()) {
    const fence = /^```(\S*) ?(.*)$/.exec(text);
    if (open === null && fence !== null)
      open = { line: at + 1, language: fence[1] ?? '', kind: fence[2] ?? '', lines: [] };
    else if (open !== null && text === '```') {
      const { line, language, kind, lines } = open;
      blocks.push({ line, language, kind, text: lines.join('\n') });
      open = null;
    } else open?.lines.push(text);
  }
  if (open !== null) throw new Error(`the fence of line ${open.line} is never closed`);
  return blocks;
};

/** A document without its fenced blocks, line for line: a `#` in a shell example is no heading. */
export const withoutFences = (document: string): string => {
  let inside = false;
  return document
    .split('\n')
    .map(line => {
      const isFence = line.startsWith('```');
      const shown = inside || isFence ? '' : line;
      if (isFence) inside = !inside;
      return shown;
    })
    .join('\n');
};

export type Section = { readonly level: number; readonly title: string; readonly text: string };

/** Each heading with what stands below it, its own subsections included. */
export const sectionsOf = (document: string): readonly Section[] => {
  const lines = document.split('\n');
  const bare = withoutFences(document).split('\n');
  const headings = bare.flatMap((line, at) => {
    const heading = /^(#+) (.*)$/.exec(line);
    return heading === null ? [] : [{ at, level: (heading[1] ?? '').length, title: heading[2] ?? '' }];
  });
  return headings.map(({ at, level, title }) => {
    const next = headings.find(other => other.at > at && other.level <= level);
    return { level, title, text: lines.slice(at + 1, next?.at).join('\n') };
  });
};

/** The section of that title; a document without it has changed more than its test. */
export const sectionOf = (document: string, title: string): Section => {
  const found = sectionsOf(document).find(section => section.title === title);
  if (found === undefined) throw new Error(`no section ${title}`);
  return found;
};

/** The anchor that GitHub gives a heading. */
export const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\- _]/gu, '')
    .replaceAll(' ', '-');

/** Cells of all table rows, heads and rules left out; `\|` is a bar in a cell. */
export const tableRows = (document: string): readonly (readonly string[])[] => {
  const lines = withoutFences(document).split('\n');
  return lines.flatMap((line, at) => {
    const isRule = /^\|(?:-+\|)+$/.test(line);
    const isHead = /^\|(?:-+\|)+$/.test(lines[at + 1] ?? '');
    if (!line.startsWith('|') || isRule || isHead) return [];
    const cells = line.split(/(?<!\\)\|/).slice(1, -1);
    return [cells.map(cell => cell.replaceAll('\\|', '|').trim())];
  });
};

/** Targets of links to other files and to headings. */
export const relativeLinks = (document: string): readonly string[] =>
  [...withoutFences(document).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter(target => !/^[a-z]+:/.test(target));
