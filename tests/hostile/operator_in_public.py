"""A login that may create objects in `public`, as PostgreSQL 14 lets everybody, and has the daemon run them.

    python -m tests.hostile.operator_in_public postgresql://LOGIN@HOST/DATABASE

makes operators, functions and tables there that look like those that the daemon means, each of which says in
the table public.loot as whom it was run. Look into it afterwards.
"""

import asyncio
import sys

import asyncpg

TRAPS = """
CREATE TABLE public.loot (whose text, what text);
GRANT ALL ON public.loot TO PUBLIC;

CREATE FUNCTION public.note(what text) RETURNS void LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO public.loot VALUES (current_user, what); END $$;
{operators}
CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE plpgsql AS
$$ BEGIN PERFORM public.note('now'); RETURN clock_timestamp(); END $$;
CREATE FUNCTION public.max(text) RETURNS text LANGUAGE plpgsql AS
$$ BEGIN PERFORM public.note('max'); RETURN $1; END $$;
CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE plpgsql AS
$$ BEGIN PERFORM public.note('lower'); RETURN $1; END $$;
CREATE FUNCTION public.hashtext(varchar) RETURNS int LANGUAGE plpgsql AS
$$ BEGIN PERFORM public.note('hashtext'); RETURN 1; END $$;
CREATE FUNCTION public.pg_notify(varchar, varchar) RETURNS void LANGUAGE plpgsql AS
$$ BEGIN PERFORM public.note('pg_notify'); END $$;
CREATE FUNCTION public.unnest(varchar[]) RETURNS SETOF varchar LANGUAGE plpgsql AS
$$ BEGIN PERFORM public.note('unnest'); RETURN QUERY SELECT pg_catalog.unnest($1); END $$;
CREATE TABLE public.outbox (id bigint, tenant text, reference text, person_id text, case_id text);
CREATE TABLE public.journal (id bigint, at timestamptz, event text, actor text);
GRANT ALL ON public.outbox, public.journal TO PUBLIC;
"""
OPERATOR = """
CREATE FUNCTION public.trap_{number}({left}, {right}) RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN PERFORM public.note('{left} {sign} {right}');
   RETURN pg_catalog.{function}($1::text, $2::text); END $$;
CREATE OPERATOR public.{sign} (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = public.trap_{number});
"""
SIGNS = {"=": "{}eq", "<>": "{}ne", "<": "{}_lt", "<=": "{}_le", ">": "{}_gt", ">=": "{}_ge"}
_SIDES = (("text", "varchar"), ("varchar", "text"), ("varchar", "varchar"), ("text", "text"))


def operators() -> str:
    return "".join(
        OPERATOR.format(
            number=f"{one}_{two}",
            left=left,
            right=right,
            sign=sign,
            function=name.format("text"),
            base="text",
        )
        for one, (sign, name) in enumerate(SIGNS.items())
        for two, (left, right) in enumerate(_SIDES)
    )


async def lay(url: str) -> None:
    """Lay all traps that the login may."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(TRAPS.format(operators=operators()))
    finally:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(lay(sys.argv[1]))
