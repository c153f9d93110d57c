import click


@click.command()
@click.argument("name")
def greet(name):
    click.echo(f"python {name}")


greet()
