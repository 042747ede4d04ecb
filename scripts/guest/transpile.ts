/** Writes TypeScript files as JavaScript: DIRECTORY FILE... */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

const [directory = '', ...files] = process.argv.slice(2);
writeFileSync(join(directory, 'package.json'), '{"type":"module"}\n');
for (const file of files) {
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
    },
  });
  writeFileSync(join(directory, basename(file).replace(/\.ts$/, '.js')), outputText);
}
