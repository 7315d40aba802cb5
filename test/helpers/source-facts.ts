import type { Node, SourceFile } from 'typescript/unstable/ast';
import { SyntaxKind } from 'typescript/unstable/ast';
import {
  isBindingElement,
  isCallExpression,
  isClassDeclaration,
  isExportDeclaration,
  isExternalModuleReference,
  isFunctionDeclaration,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isInterfaceDeclaration,
  isLiteralTypeNode,
  isMethodDeclaration,
  isMethodSignatureDeclaration,
  isNamedImports,
  isNewExpression,
  isNoSubstitutionTemplateLiteral,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isPropertyDeclaration,
  isPropertySignatureDeclaration,
  isQualifiedName,
  isStringLiteral,
  isTypeAliasDeclaration,
  isTypeReferenceNode,
  isVariableDeclaration,
} from 'typescript/unstable/ast/is';
import { createVirtualFileSystem } from 'typescript/unstable/fs';
import { API } from 'typescript/unstable/sync';

export type ImportFact = {
  readonly line: number;
  /** Null where it is no literal and so cannot be checked. */
  readonly specifier: string | null;
  /** Imported names; `*` where all or unknown ones are. */
  readonly names: readonly string[];
};

/** Use of a name that the file does not declare as a property: `setTimeout`, `Date.now`, `new Date()`. */
export type UseFact = { readonly line: number; readonly what: string };

/** What the architecture rules need to know of one file. */
export type SourceFacts = {
  /** From the root, with `/`. */
  readonly path: string;
  readonly lineCount: number;
  readonly imports: readonly ImportFact[];
  readonly uses: readonly UseFact[];
  /** Names of functions, classes, types and variables that it declares. */
  readonly declares: readonly UseFact[];
};

const ROOT = '/sources';

const COMPILER_OPTIONS = {
  module: 'nodenext',
  noLib: true,
  noResolve: true,
  types: [],
  noEmit: true,
  allowImportingTsExtensions: true,
};

const literalText = (node: Node | undefined): string | null =>
  node !== undefined && (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node)) ? node.text : null;

const importedNames = (node: Node): readonly string[] => {
  if (!isImportDeclaration(node)) return ['*'];
  const clause = node.importClause;
  if (clause === undefined) return [];
  const bindings = clause.namedBindings;
  const named =
    bindings === undefined
      ? []
      : isNamedImports(bindings)
        ? bindings.elements.map(({ propertyName, name }) => (propertyName ?? name).text)
        : ['*'];
  return clause.name === undefined ? named : ['default', ...named];
};

const isImportCall = (node: Node): boolean =>
  node.kind === SyntaxKind.ImportKeyword || (isIdentifier(node) && node.text === 'require');

/** The specifier of a node that imports in any of the ways that there are; undefined where it does not import. */
const specifierOf = (node: Node): string | null | undefined => {
  if (isImportDeclaration(node)) return literalText(node.moduleSpecifier);
  if (isExportDeclaration(node)) {
    return node.moduleSpecifier === undefined ? undefined : literalText(node.moduleSpecifier);
  }
  if (isImportTypeNode(node)) {
    return isLiteralTypeNode(node.argument) ? literalText(node.argument.literal) : null;
  }
  if (isExternalModuleReference(node)) return literalText(node.expression);
  if (isCallExpression(node) && isImportCall(node.expression)) return literalText(node.arguments[0]);
  return undefined;
};

/** True where the identifier only names a property or a type, and so reads no variable. */
const isOnlyName = (node: Node): boolean => {
  const { parent } = node;
  if (isPropertyAccessExpression(parent) || isPropertyAssignment(parent)) return parent.name === node;
  if (isBindingElement(parent)) return parent.propertyName === node;
  return (
    isMethodDeclaration(parent) ||
    isMethodSignatureDeclaration(parent) ||
    isPropertyDeclaration(parent) ||
    isPropertySignatureDeclaration(parent) ||
    isQualifiedName(parent) ||
    isTypeReferenceNode(parent)
  );
};

const usedName = (node: Node): string | null => {
  if (!isIdentifier(node) || isOnlyName(node)) return null;
  const { parent } = node;
  if (isPropertyAccessExpression(parent)) return `${node.text}.${parent.name.text}`;
  if (isNewExpression(parent) && parent.expression === node) {
    return `new ${node.text}(${(parent.arguments?.length ?? 0) === 0 ? '' : '…'})`;
  }
  return node.text;
};

const declaredName = (node: Node): string | null => {
  const isNamed =
    isFunctionDeclaration(node) ||
    isClassDeclaration(node) ||
    isInterfaceDeclaration(node) ||
    isTypeAliasDeclaration(node) ||
    isVariableDeclaration(node);
  return isNamed && node.name !== undefined && isIdentifier(node.name) ? node.name.text : null;
};

/** Every node with the line of its first character, parents first. */
const eachNode = (file: SourceFile, visit: (node: Node, line: number) => void): void => {
  const walk = (node: Node): void => {
    visit(node, file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1);
    node.forEachChild(child => walk(child));
  };
  walk(file);
};

const factsOf = (path: string, file: SourceFile): SourceFacts => {
  const imports: ImportFact[] = [];
  const uses: UseFact[] = [];
  const declares: UseFact[] = [];
  eachNode(file, (node, line) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push({ line, specifier, names: importedNames(node) });
    const used = usedName(node);
    if (used !== null) uses.push({ line, what: used });
    const declared = declaredName(node);
    if (declared !== null) declares.push({ line, what: declared });
  });
  return {
    path,
    lineCount: file.text.split('\n').length - (file.text.endsWith('\n') ? 1 : 0),
    imports,
    uses,
    declares,
  };
};

/** Text of files by their path from the root of the tree. */
export type SourceTree = Readonly<Record<string, string>>;

/**
 * Parses trees of TypeScript sources with TypeScript's own parser; nothing is read from the disk. All trees in
 * one call, because each call starts a compiler (which may say `context canceled` when it is let go).
 */
export const sourceFacts = (trees: readonly SourceTree[]): readonly (readonly SourceFacts[])[] => {
  const config = `${ROOT}/tsconfig.json`;
  const placed = trees.map((tree, at) =>
    Object.keys(tree)
      .sort()
      .map(path => ({ path, file: `${ROOT}/${at}/${path}`, text: tree[path] ?? '' })),
  );
  const all = placed.flat();
  const settings = { compilerOptions: COMPILER_OPTIONS, files: all.map(({ file }) => file) };
  const files = Object.fromEntries(all.map(({ file, text }) => [file, text]));
  const api = new API({
    cwd: ROOT,
    fs: createVirtualFileSystem({ ...files, [config]: JSON.stringify(settings) }),
  });
  try {
    using snapshot = api.updateSnapshot({ openProjects: [config] });
    const program = snapshot.getProject(config)?.program;
    return placed.map(tree =>
      tree.map(({ path, file }) => {
        const parsed = program?.getSourceFile(file);
        if (parsed === undefined) throw new Error(`TypeScript did not parse ${path}`);
        return factsOf(path, parsed);
      }),
    );
  } finally {
    api.close();
  }
};
