import { typeProblem, type TypeRules } from './type-rules.ts';

const EVERYTHING: TypeRules = { allowed: [], denied: [] };
const isAllowed = (rules: Partial<TypeRules>, type: string) =>
  typeProblem({ ...EVERYTHING, ...rules }, type) === undefined;

test.each<[Partial<TypeRules>, string, boolean]>([
  [{}, 'image/png', true],
  [{}, '', true],
  [{ allowed: ['image/png'] }, 'image/png', true],
  [{ allowed: ['image/png'] }, 'IMAGE/PNG', true],
  [{ allowed: ['Image/PNG'] }, 'image/png; charset=utf-8', true],
  [{ allowed: [' image/png '] }, 'image/png', true],
  [{ allowed: ['image/png'] }, 'image/jpeg', false],
  [{ allowed: ['image/png'] }, 'image/png+x', false],
  [{ allowed: ['image/*'] }, 'image/jpeg', true],
  [{ allowed: ['image/*'] }, 'imagery/jpeg', false],
  [{ allowed: ['image/*'] }, 'video/mp4', false],
  [{ allowed: ['*/*'] }, 'video/mp4', true],
  [{ allowed: ['image/*', 'application/pdf'] }, 'application/pdf', true],
  [{ allowed: ['image/*'] }, 'nonsense', false],
  [{ denied: ['application/x-msdownload'] }, 'application/x-msdownload', false],
  [{ denied: ['application/x-msdownload'] }, 'application/pdf', true],
  [{ denied: ['TEXT/html'] }, 'text/HTML;charset=utf-8', false],
  [{ denied: ['text/*'] }, 'text/html', false],
  [{ denied: ['*/*'] }, 'text/html', false],
  [{ allowed: ['image/*'], denied: ['image/svg+xml'] }, 'image/png', true],
  [{ allowed: ['image/*'], denied: ['image/svg+xml'] }, 'image/svg+xml', false],
])('the rules %j and the type "%s": allowed is %s', (rules, type, expected) => {
  expect(isAllowed(rules, type)).toBe(expected);
});

test('says what is accepted', () => {
  expect(
    typeProblem({ allowed: ['image/*', 'application/pdf'], denied: [] }, 'Text/HTML; a=b'),
  ).toBe('Files of type text/html are not accepted. Accepted are image/*, application/pdf.');
});

test('does not say what else is denied', () => {
  expect(typeProblem({ allowed: [], denied: ['text/html', 'text/css'] }, 'text/html')).toBe(
    'Files of type text/html are not accepted.',
  );
});
