"""Moving a show to another date or hall: asking for it, carrying it out, telling whoever has tickets."""
