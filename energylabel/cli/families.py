"""Families in ``--help``: looked up when it is shown, since plug-ins may add some."""

import click


class NamingFamilies(click.Command):
    """A command whose help has the places ``{with_files}``, ``{by_name}``, ``{modes}``."""

    def get_help(self, ctx: click.Context) -> str:
        """The help with the families' names in their places."""
        from energylabel.classifiers import families_by_name, families_with_files

        asked = (each for each in families_with_files() if len(each.modes) > 1)
        told = {
            "{with_files}": ", ".join(
                f"{each.name} ({each.help})" for each in families_with_files()
            ),
            "{by_name}": ", ".join(each.name for each in families_by_name()),
            "{modes}": "; ".join(f"{' or '.join(each.modes)} ({each.name})" for each in asked),
        }
        for place, names in told.items():
            self.help = (self.help or "").replace(place, names)
            for option in self.params:
                if isinstance(option, click.Option) and option.help:
                    option.help = option.help.replace(place, names)
        return super().get_help(ctx)
