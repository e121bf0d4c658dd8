using DnaBart.Silo.Metrics;

namespace DnaBart.Silo.Tests.Metrics;

public class PrometheusNameTests
{
    [Theory]
    [InlineData("dnabart.requests", "{request}", "dnabart_requests_total")]
    [InlineData("process.cpu.time", "s", "process_cpu_time_seconds_total")]
    [InlineData("sent_total", "By", "sent_bytes_total")]
    [InlineData("sent.bytes", "By", "sent_bytes_total")]
    [InlineData("megabytes", "By", "megabytes_bytes_total")]
    [InlineData("tries", "1", "tries_total")]
    [InlineData("odd--name..x", "", "odd_name_x_total")]
    [InlineData("2nd", "", "_2nd_total")]
    public void A_counter_ends_in_its_unit_and_total(string name, string unit, string expected) =>
        Assert.Equal(expected, PrometheusName.OfMetric(name, unit, isCounter: true, isGauge: false));

    [Theory]
    [InlineData("cache.hits", "1", "cache_hits_ratio")]
    [InlineData("disk.rate", "By/s", "disk_rate_bytes_per_second")]
    [InlineData("asked", "{request}/min", "asked_per_minute")]
    [InlineData("room.warmth", "Cel", "room_warmth_celsius")]
    [InlineData("load", "furlong", "load_furlong")]
    [InlineData("a:b", "", "a:b")]
    public void A_gauge_ends_in_its_unit(string name, string unit, string expected) =>
        Assert.Equal(expected, PrometheusName.OfMetric(name, unit, isCounter: false, isGauge: true));

    [Theory]
    [InlineData("http.response.status_code", "http_response_status_code")]
    [InlineData("a:b", "a_b")]
    [InlineData("1st", "_1st")]
    [InlineData("__le", "_le")]
    public void A_label_has_letters_digits_and_underscores(string key, string expected) => Assert.Equal(expected, PrometheusName.OfLabel(key));
}
