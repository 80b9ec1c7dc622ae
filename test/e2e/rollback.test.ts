import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { packageVersion } from '../../src/config/package-root.ts';
import { asOwner, describeOnServer } from '../support/databases.ts';
import { ingest, post } from '../support/http.ts';
import { startInVain, startServer } from '../support/start-server.ts';

const [MAJOR, MINOR] = packageVersion.split('.').map(Number) as [number, number];

describeOnServer('a database that a newer version has changed', (database) => {
  let env: Record<string, string>;
  beforeAll(async () => {
    env = await database.env();
    const server = await startServer({ env });
    await ingest(server, [{ text: 'The kiln is hot.' }]);
    await server.stop();
  });
  const changedBy = (version: string | null) =>
    asOwner({ env }, async (sql) => {
      await sql("delete from schema_migrations where name = '9999_newer.sql'");
      await sql("insert into schema_migrations (name, version) values ('9999_newer.sql', $1)", [version]);
    });
  afterAll(() => changedBy(null));

  test('remembers which version ran each migration', async () => {
    const ran = await asOwner({ env }, (sql) => sql('select distinct version from schema_migrations'));
    expect(ran).toEqual([{ version: packageVersion }]);
  });

  test('is used on by one of the same major version, to which it can be rolled back', async () => {
    await asOwner({ env }, (sql) =>
      sql("alter table documents add column colour text not null default 'red'"),
    );
    await changedBy(`${MAJOR}.${MINOR + 7}.0`);
    const server = await startServer({ env });
    await ingest(server, [{ text: 'The kiln is cold by now.' }]);
    expect((await post(server, '/search', { query: 'kiln' })).body.chunks).toHaveLength(2);
    await server.stop();
  });

  test.each([[`${MAJOR + 1}.0.0`], [null]])('is refused in one line where %s did it', async (version) => {
    await changedBy(version);
    const said = await startInVain(env);
    expect(said).toContain(
      `The database was changed by Sallyport ${version ?? 'of an unknown version'} (9999_newer.sql), which ${packageVersion} cannot use`,
    );
    expect(said).not.toContain('    at ');
  });
});
